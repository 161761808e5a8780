"""Partners ranked from memory: the index, its arrays, and weights that learn."""
