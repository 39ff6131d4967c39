/*!40101 SET @OLD=@@SQL_MODE, SQL_MODE='ANSI_QUOTES,NO_BACKSLASH_ESCAPES' */; select "a\", 'b\'; set sql_mode=@old; set session sql_mode=concat(@@sql_mode, ',ANSI'), global sql_mode = 4;
-- x
# y
--z
select `a``b`, x'00', b'1', _utf8'c', N'd', 1e5, .5, @a, @@b.c := 1\G
source x.sql
