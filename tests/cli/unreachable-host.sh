mkdir m
rc rollcall status --db postgres://ann@127.0.0.1:1/x --dir m 2>pg.err
rc rollcall status --db mysql://ann@127.0.0.1:1/x --dir m 2>my.err
cat pg.err my.err | sed -E 's/ \((111|2002)\)//g'
