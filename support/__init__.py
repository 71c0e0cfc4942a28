"""The desk: admin, audit, catalogue and trace."""
