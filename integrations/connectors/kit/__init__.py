"""Kit: subscribers, fields, tags and sequences. API: https://developers.kit.com/api-reference"""
