/** Event types of calls on sockets. See `parse.ts` for the format of a row. */
export const netTypes = `
[net syscall]
18 SOCKET_E socket creates state old converted: domain ENUMFLAGS32 socket_families, type UINT32, proto UINT32
19 SOCKET_X socket creates state converted: fd FD, domain ENUMFLAGS32 socket_families, type UINT32, proto UINT32,
    flags FLAGS32 file_flags
20 BIND_E bind uses state old converted: fd FD
21 BIND_X bind uses state converted: res ERRNO, addr SOCKADDR, fd FD
22 CONNECT_E connect uses state converted: fd FD, addr SOCKADDR
23 CONNECT_X connect uses state converted: res ERRNO, tuple SOCKTUPLE, fd FD, addr SOCKADDR
24 LISTEN_E listen uses old converted: fd FD, backlog INT32
25 LISTEN_X listen uses converted: res ERRNO, fd FD, backlog INT32
26 ACCEPT_E accept creates state old
27 ACCEPT_X accept creates state old converted: fd FD, tuple SOCKTUPLE, queuepct UINT8
36 SHUTDOWN_E shutdown uses state old converted: fd FD, how ENUMFLAGS8 hex shutdown_how
37 SHUTDOWN_X shutdown uses state converted: res ERRNO, fd FD, how ENUMFLAGS8 hex shutdown_how
38 GETSOCKNAME_E getsockname old
39 GETSOCKNAME_X getsockname
40 GETPEERNAME_E getpeername old
41 GETPEERNAME_X getpeername
44 SETSOCKOPT_E setsockopt old
45 SETSOCKOPT_X setsockopt uses: res ERRNO, fd FD, level ENUMFLAGS8 sockopt_levels, optname ENUMFLAGS8
    sockopt_options, val DYN sockopt_dynamic_param, optlen UINT32
46 GETSOCKOPT_E getsockopt state old
47 GETSOCKOPT_X getsockopt uses state: res ERRNO, fd FD, level ENUMFLAGS8 sockopt_levels, optname ENUMFLAGS8
    sockopt_options, val DYN sockopt_dynamic_param, optlen UINT32
56 ACCEPT4_E accept creates state old converted from accept4: flags INT32 hex
57 ACCEPT4_X accept creates state old converted from accept4: fd FD, tuple SOCKTUPLE, queuepct UINT8
246 ACCEPT_5_E accept creates state old
247 ACCEPT_5_X accept creates state: fd FD, tuple SOCKTUPLE, queuepct UINT8, queuelen UINT32, queuemax UINT32
248 ACCEPT4_5_E accept creates state old converted from accept4: flags INT32 hex
249 ACCEPT4_5_X accept creates state old converted from accept4: fd FD, tuple SOCKTUPLE, queuepct UINT8, queuelen
    UINT32, queuemax UINT32
388 ACCEPT4_6_E accept4 creates state old converted: flags INT32 hex
389 ACCEPT4_6_X accept4 creates state converted: fd FD, tuple SOCKTUPLE, queuepct UINT8, queuelen UINT32, queuemax
    UINT32, flags INT32 hex
`;
