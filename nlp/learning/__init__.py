"""Learning keyword lexicons from labelled texts, and measuring them.

Training needs the extra `learn` (scikit-learn); reading data, scoring and the figures of `evaluate` do not.
"""
