"""Yearly reports of communes, and the collection of them by the Sở."""
