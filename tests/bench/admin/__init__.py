"""How quickly the back office answers beside a million customers: `make bench-admin`."""
