"""Faults that come by the hundred: corrections carried on, boxes moved in time, patterns noticed."""
