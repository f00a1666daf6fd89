"""Which person does which job, in which order, and why not."""
