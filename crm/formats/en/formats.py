"""English dates and times, as the dashboard writes them everywhere."""

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
# Columns of lists, where digits stand below digits.
COLUMN_DATE_FORMAT = "d M Y"
COLUMN_DATETIME_FORMAT = "d M Y H:i"
COLUMN_SECONDS_FORMAT = "d M Y H:i:s"
CHART_DAY_FORMAT = "j M"
TODAY_FORMAT = "l, j F Y"
