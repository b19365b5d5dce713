//! Sentences about hierarchies, models and the search.
