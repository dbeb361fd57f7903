"""Names of streets and shops of the sample town: common words, no real persons or brands."""

STREET_WORDS = (
    "des Lilas", "des Acacias", "des Érables", "des Tilleuls", "des Marronniers", "des Platanes",
    "des Bouleaux", "des Charmes", "des Ormes", "des Frênes", "des Saules", "des Peupliers",
    "des Noisetiers", "des Cerisiers", "des Pommiers", "des Pruniers", "des Mûriers", "des Genêts",
    "des Bruyères", "des Ajoncs", "des Roses", "des Iris", "des Jonquilles", "des Coquelicots",
    "des Bleuets", "des Violettes", "des Capucines", "des Primevères", "des Glycines",
    "des Mésanges", "des Hirondelles", "des Alouettes", "des Rossignols", "des Pinsons",
    "des Fauvettes", "des Merles", "des Chardonnerets", "des Bergeronnettes", "des Martinets",
    "des Hérons", "des Mouettes", "du Moulin", "du Lavoir", "de la Fontaine", "du Puits",
    "de la Source", "du Ruisseau", "de l'Étang", "de la Prairie", "des Prés", "du Champ de Foire",
    "des Vergers", "des Jardins", "du Clos", "de la Croix", "du Calvaire", "du Stade",
    "des Écoles", "du Lycée", "du Château d'Eau", "de la Liberté", "de l'Égalité",
    "de la Fraternité", "de la Paix", "du Progrès", "de l'Avenir", "de l'Industrie",
    "du Commerce", "de l'Artisanat", "de la Laiterie", "de la Briqueterie", "de la Tuilerie",
    "de la Verrerie", "de la Filature", "des Forges", "des Carriers", "de la Gravière",
    "du Levant", "du Couchant", "du Midi", "de l'Horizon", "du Bel Air", "de Beausoleil",
    "de Bellevue", "de Beauregard", "de la Colline", "du Coteau", "du Vallon", "de la Plaine",
    "des Quatre Vents", "du Petit Bois", "de la Garenne", "du Grand Chêne", "de la Haie",
    "de la Métairie", "de la Grange", "du Pressoir", "du Four à Chaux", "de la Borde",
    "des Sorbiers", "des Aubépines", "des Sureaux", "des Cèdres", "des Sapins", "des Pins",
    "du Verger", "de l'Abreuvoir", "de la Passerelle", "du Gué", "de l'Écluse", "des Roseaux",
)  # fmt: skip

OLD_STREETS = (
    "Rue des Orfèvres", "Rue des Boulangers", "Rue des Drapiers", "Rue de la Poterne",
    "Rue des Cordiers", "Rue du Four", "Rue de la Tour", "Rue Basse", "Rue Haute", "Rue Neuve",
    "Rue Traversière", "Rue des Chapeliers", "Rue de l'Horloge", "Rue du Cloître",
    "Rue des Carmes", "Rue des Chaudronniers", "Rue de la Monnaie", "Rue du Pilori",
    "Rue des Fossés", "Rue Saint-Exemple", "Rue de l'Étoile", "Rue du Chat qui Dort",
    "Rue des Trois Pigeons", "Rue de la Halle au Blé", "Rue du Pont Vieux", "Rue Courte",
    "Rue des Lavandières", "Rue du Sel", "Rue des Bouchers", "Rue de la Corderie",
    "Rue des Potiers", "Rue du Grenier", "Rue de la Prévôté", "Rue des Arbalétriers",
    "Passage des Soupirs", "Rue de la Vieille Poste", "Rue des Tisserands", "Rue de la Lanterne",
    "Rue Étroite", "Rue du Rempart", "Rue des Tonneliers", "Rue de la Herse", "Rue du Guet",
    "Rue des Sabotiers", "Rue des Vanniers", "Rue du Beffroi", "Rue de la Cité", "Rue du Parvis",
)  # fmt: skip

# Type of shop (OpenStreetMap), how many of them, and a word for its name.
SHOP_TYPES = (
    ("clothes", 22, "Mode"), ("hairdresser", 17, "Coiffure"), ("bakery", 12, "Boulangerie"),
    ("beauty", 8, "Institut"), ("optician", 7, "Optique"), ("shoes", 6, "Chaussures"),
    ("convenience", 5, "Épicerie"), ("estate_agent", 9, "Immobilier"), ("florist", 5, "Fleurs"),
    ("butcher", 5, "Boucherie"), ("jewelry", 5, "Bijouterie"), ("mobile_phone", 4, "Téléphonie"),
    ("newsagent", 4, "Presse"), ("tobacco", 4, "Tabac"), ("books", 3, "Librairie"),
    ("insurance", 6, "Assurances"), ("travel_agency", 3, "Voyages"), ("gift", 4, "Cadeaux"),
    ("furniture", 3, "Meubles"), ("cheese", 2, "Fromagerie"), ("greengrocer", 3, "Primeurs"),
    ("wine", 2, "Cave"), ("toys", 2, "Jouets"), ("bicycle", 2, "Cycles"),
    ("supermarket", 4, "Supermarché"), ("laundry", 3, "Laverie"),
)  # fmt: skip
SHOP_WORDS = (
    "du Marché", "de la Place", "du Centre", "des Halles", "du Coin", "de l'Horloge", "du Pont",
    "Exemple", "des Remparts", "de la Tour", "du Parvis", "du Faubourg", "de la Gare", "du Quai",
)  # fmt: skip
