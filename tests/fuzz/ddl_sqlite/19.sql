create table t (primary_x int, unique_y int, check_z int, foreign_w int, key int, end int, action int)
