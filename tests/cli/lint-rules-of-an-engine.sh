rollcall lint --rules --db sqlite:x.db | grep -E 'rebuild-cascades|not-concurrent|table-copy'
rollcall lint --rules | grep -E 'rebuild-cascades|index-not-concurrent|table-copy'
rollcall lint --rules --json | grep -A 8 '"down-loses-check"'
