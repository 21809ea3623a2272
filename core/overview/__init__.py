"""What needs somebody's attention, over all features, in one statement for the dashboard."""
