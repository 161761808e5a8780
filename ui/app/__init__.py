"""The script that Streamlit runs.

It has a folder of its own because Streamlit takes a folder named ``pages`` beside its script for
pages to be run by themselves.
"""
