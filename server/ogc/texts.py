"""The words of the pages, in the two languages of the service."""

from __future__ import annotations

_WORDS: dict[str, tuple[str, str]] = {
    "as_json": ("Ce document en JSON", "This document as JSON"),
    "as_html": ("Ce document en HTML", "This document as HTML"),
    "openapi": ("Définition OpenAPI", "OpenAPI definition"),
    "conformance": ("Classes de conformité", "Conformance classes"),
    "collections": ("Couches", "Layers"),
    "items": ("Objets", "Features"),
    "item": ("Objet", "Feature"),
    "queryables": ("Attributs filtrables", "Queryables"),
    "schema": ("Schéma", "Schema"),
    "home": ("Accueil", "Home"),
    "title": ("Titre", "Title"),
    "rows": ("Objets", "Features"),
    "producer": ("Producteur", "Producer"),
    "licence": ("Licence", "Licence"),
    "source": ("Source", "Source"),
    "vintage": ("Millésime", "Vintage"),
    "updated": ("Publié le", "Published on"),
    "attribute": ("Attribut", "Attribute"),
    "type": ("Type", "Type"),
    "unit": ("Unité", "Unit"),
    "meaning": ("Sens", "Meaning"),
    "map_of": ("Carte de la couche", "Map of the layer"),
    "downloads": ("Télécharger", "Download"),
    "browse": ("Parcourir les objets", "Browse the features"),
    "whole": ("10 000 premiers objets", "first 10,000 features"),
    "qgis": ("Dans QGIS", "In QGIS"),
    "qgis_how": (
        "Couche › Ajouter une couche › WFS / OGC API - Features › Nouveau, puis cette adresse :",
        "Layer › Add Layer › WFS / OGC API - Features › New, then this address:",
    ),
    "fictitious": (
        "Données fictives : ville inventée, pour essayer le service.",
        "Fictitious data: an invented town, to try the service.",
    ),
    "next": ("Page suivante", "Next page"),
    "prev": ("Page précédente", "Previous page"),
    "of": ("sur", "of"),
    "other": ("English", "Français"),
    "main_menu": ("Menu principal", "Main menu"),
    "path": ("Adresse", "Path"),
    "no_map": ("Couche sans géométrie : pas de carte.", "No geometry, hence no map."),
    "fr_title": ("Partager les géodonnées", "Sharing geodata"),
}

TEXTS: dict[str, dict[str, str]] = {
    language: {key: words[at] for key, words in _WORDS.items()}
    for at, language in enumerate(("fr", "en"))
}
