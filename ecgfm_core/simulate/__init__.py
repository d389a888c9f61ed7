"""A heart that makes labelled 12-lead ECGs. No torch; nothing of a person is in what it makes.

`heart` holds what can be asked for, `record` makes the recording and its truth, `population` draws patients at
random, `cohort` writes files. Between them: `rhythm` (when), `shapes` and `beat` (which waves), `waves` (drawing),
`field` (the body), `noise` (skin and recorder), `statements` (labels).
"""
