# hash ' comment
select 5--1, 'a\'b;', "x;y", `n;m`; /*!50003 create trigger g before insert on t for each row begin set new.a = 1; end */;
DELIMITER //
create procedure p() begin if 1 then loop select repeat('x', 3); end loop; end if; end//
DELIMITER ;
create function zp_beginn() returns int return case 1 when 1 then 2 end;
alter table t modify a bigint not null default 3 comment 'x', add key k (a(10)), change b c text;
