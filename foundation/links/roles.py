ROLES = {"editor": ["view_link", "view_outsideaddress", "change_outsideaddress"]}
