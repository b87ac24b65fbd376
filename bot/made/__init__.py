"""Files made for one person, by the kind that was asked for: `storage.exports`."""
