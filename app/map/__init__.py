"""The map of a cohort that people explore: a Streamlit component. What the points mean, its caller knows."""
