/** Ports by the names that rules use for them (IANA's, and what `/etc/services` calls them everywhere). */
export const servicePorts: ReadonlyMap<string, number> = new Map(
  `echo 7, discard 9, systat 11, daytime 13, netstat 15, qotd 17, chargen 19, ftp-data 20, ftp 21, ssh 22, telnet 23,
  smtp 25, mail 25, time 37, whois 43, tacacs 49, domain 53, bootps 67, bootpc 68, tftp 69, gopher 70, finger 79,
  http 80, www 80, kerberos 88, iso-tsap 102, pop3 110, pop-3 110, sunrpc 111, portmapper 111, auth 113, nntp 119,
  ntp 123, epmap 135, netbios-ns 137, netbios-dgm 138, netbios-ssn 139, imap2 143, imap 143, snmp 161, snmp-trap 162,
  snmptrap 162, xdmcp 177, bgp 179, irc 194, ldap 389, https 443, snpp 444, microsoft-ds 445, kpasswd 464,
  submissions 465, saft 487, isakmp 500, exec 512, login 513, who 513, shell 514, syslog 514, printer 515, talk 517,
  ntalk 518, route 520, uucp 540, klogin 543, kshell 544, dhcpv6-client 546, dhcpv6-server 547, rtsp 554, nntps 563,
  submission 587, nqs 607, asf-rmcp 623, ipp 631, ldaps 636, tinc 655, silc 706, kerberos-adm 749, domain-s 853,
  rsync 873, ftps-data 989, ftps 990, telnets 992, imaps 993, pop3s 995, socks 1080, openvpn 1194, rmiregistry 1099,
  ms-sql-s 1433, ms-sql-m 1434, l2f 1701, radius 1812, radius-acct 1813, cisco-sccp 2000, nfs 2049, gnunet 2086,
  zookeeper 2181, docker 2375, docker-s 2376, mysql 3306, ms-wbt-server 3389, nut 3493, svn 3690, distcc 3632,
  daap 3689, postgresql 5432, amqp 5672, amqps 5671, x11 6000, redis 6379, mqtt 1883, secure-mqtt 8883, ircd 6667,
  ircs-u 6697, sip 5060, sip-tls 5061, xmpp-client 5222, xmpp-server 5269, mdns 5353, http-alt 8080, webcache 8080,
  git 9418, zabbix-agent 10050, zabbix-trapper 10051, memcache 11211, mongodb 27017`
    .split(/,\s+/)
    .map((row): [string, number] => {
      const [name = "", port] = row.split(" ");
      return [name, Number(port)];
    }),
);
