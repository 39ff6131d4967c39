rc rollcall rolback
