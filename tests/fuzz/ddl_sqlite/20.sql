create table "t" (a timestamp with time zone, b character varying(255) default 'it''s', c generated int)
