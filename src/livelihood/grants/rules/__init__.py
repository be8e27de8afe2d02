"""What a grant allows, as pure functions: money, status, approvals and payments."""
