"""Circle: access groups, spaces and member tags. API: https://api.circle.so/apis/admin-api"""
