"""Values -> pictures. No Streamlit."""
