"""What wakes up: one short module and one map per entity flow, and the operations around them."""
