"""The ECG paper that people measure on: a Streamlit component. It draws what `app.figures.sheet` laid out."""
