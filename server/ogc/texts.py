"""The words of the pages, in the two languages of the service."""

from __future__ import annotations

from layers.records import LayerRecord

# The language of units in schemas: words for readers. Unless it is said, UCUM's codes are meant.
UNITS = "text"
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
    "this_page": ("Cette page", "This page"),
    "csv_fr": ("CSV pour tableur français", "CSV for French spreadsheets"),
    "whole_layer": ("Couche entière", "Whole layer"),
    "first": ("Première page", "First page"),
    "collection": ("Couche", "Layer"),
    "nothing": ("Aucun objet ne correspond.", "No feature matches."),
    "tiled_map": ("De loin, la carte ne montre pas tous les objets : approchez-vous.",
                  "From afar, the map does not show all features: zoom in."),
    "skip": ("Aller au contenu", "Skip to content"),
    "value": ("Valeur", "Value"),
    "missing": ("non renseigné", "not known"),
    "yes": ("oui", "yes"),
    "no": ("non", "no"),
    "type_string": ("texte", "text"),
    "type_integer": ("entier", "integer"),
    "type_number": ("nombre", "number"),
    "type_boolean": ("oui ou non", "yes or no"),
    "type_date": ("date", "date"),
    "type_datetime": ("date et heure", "date and time"),
    "type_geometry": ("géométrie", "geometry"),
    "tile_matrix_sets": ("Pavages", "Tile matrix sets"),
    "tilesets": ("Jeux de tuiles vectorielles", "Vector tilesets"),
    "tileset": ("Jeu de tuiles", "Tileset"),
    "tiles": ("Tuiles vectorielles", "Vector tiles"),
    "catalogue": ("Catalogue", "Catalogue"),
    "record": ("Fiche", "Record"),
    "search": ("Chercher", "Search"),
    "search_words": ("Mots, dans l'une ou l'autre langue", "Words, in either language"),
    "found": ("couches trouvées", "layers found"),
    "formats": ("Formats", "Formats"),
    "keywords": ("Mots clés", "Keywords"),
    "open_layer": ("Voir la couche", "See the layer"),
    "map": ("Carte", "Map"),
    "map_tiles": ("Tuiles d'image", "Map tiles"),
    "map_tilesets": ("Jeux de tuiles d'image", "Map tilesets"),
    "legend": ("Légende", "Legend"),
    "xyz": ("Dans QGIS, connexion XYZ", "In QGIS, XYZ connection"),
    "raster": ("image", "raster"),
    "pixels": ("Pixels", "Pixels"),
    "bands": ("Bandes", "Bands"),
    "processes": ("Traitements", "Processes"),
    "jobs": ("Tâches", "Jobs"),
    "job": ("Tâche", "Job"),
    "results": ("Résultats", "Results"),
    "execute": ("Exécuter", "Execute"),
    "measures": ("Mesures", "Measures"),
    "inputs": ("Entrées", "Inputs"),
    "outputs": ("Sorties", "Outputs"),
    "status": ("État", "Status"),
    "progress": ("Avancement", "Progress"),
    "created": ("Créée le", "Created on"),
    "no_jobs": ("Aucune tâche.", "No job."),
    "execute_how": (
        "Envoyez les entrées à cette adresse, en JSON ; « Prefer: respond-async » crée une tâche :",
        "Post the inputs as JSON to this address; “Prefer: respond-async” makes it a job:",
    ),
    "status_accepted": ("en attente", "accepted"),
    "status_running": ("en cours", "running"),
    "status_successful": ("terminée", "successful"),
    "status_failed": ("échouée", "failed"),
    "status_dismissed": ("annulée", "dismissed"),
    "links": ("Liens", "Links"),
    "tile_matrix_set": ("Pavage", "Tile matrix set"),
    "zoom": ("Zoom", "Zoom"),
    "tile_rows": ("Lignes", "Rows"),
    "tile_columns": ("Colonnes", "Columns"),
    "tile_limits": ("Étendue, en tuiles", "Extent in tiles"),
    "tiles_address": ("Adresse des tuiles", "Address of the tiles"),
    "pixel": ("Côté d'un pixel (m)", "Side of a pixel (m)"),
    "scale": ("Échelle", "Scale"),
    "other_grid": ("La carte de cette page ne dessine que le pavage WebMercatorQuad.",
                   "The map of this page draws the tile matrix set WebMercatorQuad only."),
    "label": ("données fictives", "fictitious data"),
}  # fmt: skip

TEXTS: dict[str, dict[str, str]] = {
    language: {key: words[at] for key, words in _WORDS.items()}
    for at, language in enumerate(("fr", "en"))
}


def title(record: LayerRecord, language: str) -> str:
    """Return the title of a layer, labelled where its rows are invented."""
    text: str = getattr(record.title, language)
    label = TEXTS[language]["label"]
    return f"{text} ({label})" if record.fictitious and label not in text.casefold() else text


def description(record: LayerRecord, language: str) -> str:
    """Return the description of a layer, which starts with the label of invented rows."""
    text: str = getattr(record.description, language)
    return f"{TEXTS[language]['fictitious']} {text}" if record.fictitious else text


def keywords(record: LayerRecord, language: str) -> list[str]:
    """Return the theme of a layer and the label of invented rows."""
    label = [TEXTS[language]["label"]] if record.fictitious else []
    return [record.theme or record.id, *label]
