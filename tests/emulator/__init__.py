"""The local house: twins of Dataverse and F&O, the Functions host, demo data. Never deployed."""
