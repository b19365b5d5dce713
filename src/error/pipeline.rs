//! Sentences about policies, plans and release folders.
