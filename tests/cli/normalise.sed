# What differs from run to run or from machine to machine.
s/[0-9][0-9.]* ms\b/N ms/g
s/("(duration_ms|ms|forecast_ms)": ?)[0-9.]+/\1N/g
s/("engine_version": ?)"[^"]*"/\1"N"/g
s/\b[0-9a-f]{32}\b/OP/g
s/\boperation [0-9a-f]{8}\b/operation OP/g
s/\bpid [0-9]+/pid N/g
s/\bsqlite 3\.[0-9.]+/sqlite N/g
s/\bin [0-9.]+ s\b/in N s/g
s/\bfreeze [0-9a-f]{8}\b/freeze OP/g
s/\b(since|until) 20[0-9]{2}-[0-9-]+T[0-9:]+Z/\1 TIME/g
