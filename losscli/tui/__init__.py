"""The explorer in a terminal, by Textual, which nothing else imports; :mod:`losscli.explore.session` works for it."""
