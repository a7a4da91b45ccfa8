"""What both faces share and needs the web framework: access, unit of work, errors, headers, languages."""
