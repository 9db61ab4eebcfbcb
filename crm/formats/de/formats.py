"""German dates and times."""

DATE_FORMAT = "j. M Y"
DATETIME_FORMAT = "j. M Y, H:i"
COLUMN_DATE_FORMAT = "d.m.Y"
COLUMN_DATETIME_FORMAT = "d.m.Y H:i"
COLUMN_SECONDS_FORMAT = "d.m.Y H:i:s"
CHART_DAY_FORMAT = "j. M"
TODAY_FORMAT = "l, j. F Y"
