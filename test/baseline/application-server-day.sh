#!/bin/bash
# What services themselves start on an ordinary application server: cron jobs, PHP, PostgreSQL and Node programs that call
# tools, builds with configure and make, health checks, log shipping. Run by record.ts inside an overlay.
set -u
export HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /root
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d
apt-get -qq update
apt-get -y -qq install --no-install-recommends cron anacron nginx-light php-fpm php-cli imagemagick postgresql redis-server nodejs autoconf automake build-essential socat netcat-openbsd lsof strace jq xxd git rsync msmtp-mta msmtp pigz tmux bc sysstat >/dev/null 2>&1

# a web application whose code calls tools
mkdir -p /var/www/app/uploads; cd /var/www/app
cat > index.php <<'P'
<?php
header('Content-Type: text/plain');
exec('identify -version', $a); exec('convert -size 8x8 xc:red uploads/a.png 2>&1', $b); exec('git --version', $c);
system('date +%s'); echo shell_exec('which convert'); $p = popen('sort', 'w'); fwrite($p, "b\na\n"); pclose($p);
file_put_contents('uploads/note.txt', 'x'); mail('bob@example.com', 'hello', 'text');
echo base64_encode(gzcompress('ordinary')), PHP_VERSION;
P
chown -R www-data: /var/www/app
fpm=$(ls /usr/sbin/php-fpm8* | head -1)
printf '[global]\nerror_log=/dev/null\ndaemonize=no\n[www]\nuser=www-data\ngroup=www-data\nlisten=127.0.0.1:18971\npm=static\npm.max_children=2\n' > /etc/php/fpm-test.conf
"$fpm" -y /etc/php/fpm-test.conf >/dev/null 2>&1 & php=$!
printf 'daemon off; pid /run/nginx-test.pid; error_log /dev/null; events {} http { access_log /var/log/nginx/test.log; server { listen 127.0.0.1:18970; root /var/www/app; location ~ \.php$ { include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name; fastcgi_pass 127.0.0.1:18971; } } }' > /etc/nginx/test.conf
nginx -c /etc/nginx/test.conf >/dev/null 2>&1 & web=$!
sleep 2; for n in 1 2 3; do curl -s http://127.0.0.1:18970/index.php >/dev/null; done

# a database with archiving, dumps and maintenance
cd /var/lib/postgresql; bin=$(ls -d /usr/lib/postgresql/*/bin | head -1)
mkdir -p /var/lib/postgresql/day /var/backups/wal; chown -R postgres: /var/lib/postgresql/day /var/backups/wal
runuser -u postgres -- "$bin/initdb" -D /var/lib/postgresql/day >/dev/null 2>&1
printf "port=18972\nlisten_addresses='127.0.0.1'\nunix_socket_directories='/tmp'\narchive_mode=on\narchive_command='test ! -f /var/backups/wal/%%f && cp %%p /var/backups/wal/%%f'\n" >> /var/lib/postgresql/day/postgresql.conf
runuser -u postgres -- "$bin/pg_ctl" -D /var/lib/postgresql/day -w -l /dev/null start >/dev/null 2>&1
runuser -u postgres -- psql -q -h /tmp -p 18972 -c 'create table t(a int); insert into t select generate_series(1,1000); select pg_switch_wal(); vacuum analyze;' >/dev/null 2>&1
runuser -u postgres -- sh -c 'pg_dump -h /tmp -p 18972 postgres | gzip > /var/backups/day.sql.gz' 2>/dev/null; sleep 2
runuser -u postgres -- "$bin/pg_ctl" -D /var/lib/postgresql/day -m fast stop >/dev/null 2>&1

# a Node program, as services and build tools are
mkdir -p /opt/api && cat > /opt/api/server.js <<'J'
const { exec, execFile, spawn } = require('child_process')
const http = require('http')
exec('uname -r', () => {}); execFile('git', ['--version'], () => {}); spawn('sh', ['-c', 'df -P / | tail -1'])
exec('node -e "console.log(process.version)"', () => {}); exec('ps -o rss= -p ' + process.pid, () => {})
http.createServer((q, r) => r.end('ok')).listen(18973, '127.0.0.1'); setTimeout(() => process.exit(0), 4000)
J
useradd -r -m -s /usr/sbin/nologin api; runuser -u api -- node /opt/api/server.js >/dev/null 2>&1 &
sleep 1; curl -s http://127.0.0.1:18973/ >/dev/null; sleep 4

# scheduled jobs, started by the real daemon
cat > /etc/cron.d/day <<'C'
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
* * * * * root /usr/local/bin/report | logger -t report
* * * * * www-data php -r 'echo date("c");' >/dev/null 2>&1
* * * * * root test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }
* * * * * root [ -x /usr/lib/php/sessionclean ] && if [ ! -d /run/systemd/system ]; then /usr/lib/php/sessionclean; fi
* * * * * root curl -fsS -m 5 --retry 2 -o /dev/null http://127.0.0.1:18970/index.php
* * * * * root flock -n /run/lock/sync.lock rsync -a /var/www/app/ /var/backups/app/
* * * * * api  /usr/bin/node -e "require('fs').writeFileSync('/home/api/beat', String(Date.now()))"
* * * * * root find /var/www/app/uploads -type f -mmin +600 -delete
* * * * * root tar -C /etc -cf - . | pigz > /var/backups/etc.tgz; chmod 600 /var/backups/etc.tgz
C
printf '#!/bin/bash\n{ uptime; df -h; free -m; ss -s; who; last -n 5; ps aux --sort=-rss | head -5; dpkg -l | wc -l; } 2>/dev/null | tee /var/log/report.log | wc -l\n' > /usr/local/bin/report; chmod +x /usr/local/bin/report
cron -f >/dev/null 2>&1 & crond=$!
sleep 75; kill $crond

# builds
mkdir -p /home/api/src && cd /home/api/src
printf 'AC_INIT([thing],[1.0])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAC_CHECK_HEADERS([stdlib.h unistd.h])\nAC_CHECK_FUNCS([memfd_create ptrace])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n' > configure.ac
printf 'bin_PROGRAMS=thing\nthing_SOURCES=thing.c\n' > Makefile.am; printf '#include <stdio.h>\nint main(void){puts("x");return 0;}\n' > thing.c
(autoreconf -i && ./configure && make && make check && make install DESTDIR=/home/api/out && /home/api/out/usr/local/bin/thing) >/dev/null 2>&1
(cd /tmp && cp /home/api/src/thing.c . && gcc -o thing thing.c && ./thing && strip thing && rm thing thing.c) >/dev/null 2>&1
sh -c 'python3 -c "import base64,sys;sys.stdout.buffer.write(base64.b64decode(\"aGVsbG8=\"))"; perl -MMIME::Base64 -e "print encode_base64(qq(hello))"; echo aGVsbG8= | base64 -d; echo 68656c6c6f | xxd -r -p; openssl rand -hex 16' >/dev/null 2>&1

# health checks and a look around
nc -z 127.0.0.1 18970; nc -zv -w 1 127.0.0.1 18970 2>/dev/null; bash -c 'exec 3<>/dev/tcp/127.0.0.1/18970 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && head -1 <&3' >/dev/null 2>&1
socat -u OPEN:/etc/hostname - >/dev/null; socat - TCP:127.0.0.1:18970,connect-timeout=1 </dev/null >/dev/null 2>&1
lsof -i :18970 >/dev/null 2>&1; strace -c true >/dev/null 2>&1; jq -n '{a:1}' >/dev/null; redis-cli -p 1 ping >/dev/null 2>&1; sar 1 1 >/dev/null 2>&1; iostat >/dev/null 2>&1; tmux -V >/dev/null; getent hosts localhost >/dev/null
tail -n 100 /var/log/nginx/test.log | awk '{print $1}' | sort | uniq -c | sort -rn | head >/dev/null; zgrep -c GET /var/log/nginx/test.log >/dev/null; : > /var/log/nginx/test.log; find / -xdev -perm -4000 -type f 2>/dev/null | wc -l >/dev/null
kill $web $php 2>/dev/null; wait 2>/dev/null; true
