delimiter $$
create definer=`a`@`b` procedure p(a int) begin declare exit handler for sqlexception, not found begin end; l: loop if a then leave l; elseif b then set c = case when d then e end; end if; end loop l; end$$
delimiter ;
create trigger t before insert on x for each row follows u begin repeat set a = if(b, c, repeat('x', 2)); until a end repeat; while a do b; end while; end;
