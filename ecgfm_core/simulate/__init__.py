"""A heart that makes labelled 12-lead ECGs. numpy only; nothing of a person is in what it makes."""
