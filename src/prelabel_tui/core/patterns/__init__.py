"""Faults that come by the hundred: corrections carried on, labels moved in time, notices."""
