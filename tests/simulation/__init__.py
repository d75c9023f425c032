"""The machine that attacks the engine: one process, virtual time, a seeded choice of everything that may vary."""
