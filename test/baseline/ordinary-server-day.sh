#!/bin/bash
# What administrators, packages, backups, monitoring and deployments do on an ordinary Debian server, run for real.
# Run by record.ts inside an overlay of the root file system; nothing of it reaches the host.
set -u
export HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /root
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d

# packages
apt-get -qq update
apt-get -y -qq install cron logrotate rsync nginx-light sudo openssh-server vim-tiny man-db unattended-upgrades ansible-core python3-venv redis-server sqlite3 php-cli bind9-dnsutils net-tools iproute2 procps psmisc >/dev/null 2>&1
apt-get -y -qq install --reinstall passwd libpam-modules openssh-server cron >/dev/null 2>&1
apt-get -y -qq upgrade >/dev/null 2>&1
apt-get -y -qq purge net-tools >/dev/null 2>&1
apt-get -qq clean; apt-cache policy openssl >/dev/null; dpkg -l | grep -c ^ii >/dev/null; dpkg -V passwd >/dev/null
unattended-upgrade --dry-run >/dev/null 2>&1
update-alternatives --list editor >/dev/null; ldconfig

# accounts and keys
useradd -m -s /bin/bash alice; echo 'alice:correct horse' | chpasswd; usermod -aG sudo alice; groupadd -f deploy; gpasswd -a alice deploy >/dev/null
useradd -r -s /usr/sbin/nologin backup-agent; passwd -l backup-agent >/dev/null; chage -M 90 alice; userdel backup-agent
su - alice -c 'ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id_ed25519; cat ~/.ssh/id_ed25519.pub >> ~/.ssh/authorized_keys; chmod 600 ~/.ssh/authorized_keys; ls -la ~/.ssh; git config --global user.name Alice; echo "alias ll=\"ls -l\"" >> ~/.bashrc' >/dev/null
visudo -cq; sshd -t; id alice >/dev/null; getent passwd root >/dev/null; last -n 3 >/dev/null; w >/dev/null; lastlog >/dev/null 2>&1
sed -i 's/^#*PermitRootLogin.*/PermitRootLogin no/' /etc/ssh/sshd_config; echo '192.0.2.10 db.example.com' >> /etc/hosts

# scheduled work
printf '#!/bin/sh\nsed -i "1i 15 3 * * * /usr/local/bin/backup" "$1" 2>/dev/null || echo "15 3 * * * /usr/local/bin/backup" >> "$1"\n' > /usr/local/bin/edit-crontab; chmod +x /usr/local/bin/edit-crontab
echo 'APT::Periodic::RandomSleep "0";' > /etc/apt/apt.conf.d/99day
EDITOR=/usr/local/bin/edit-crontab crontab -e >/dev/null 2>&1; crontab -l >/dev/null; echo '0 4 * * * /usr/bin/true' | crontab -u alice -
run-parts /etc/cron.daily >/dev/null 2>&1; run-parts /etc/cron.weekly >/dev/null 2>&1; logrotate -f /etc/logrotate.conf >/dev/null 2>&1

# backup
printf '#!/bin/bash\nset -e\nmkdir -p /var/backups/daily\ntar czf /var/backups/daily/etc.tar.gz -C / etc home 2>/dev/null\nsha256sum /var/backups/daily/*.gz > /var/backups/daily/SHA256SUMS\nfind /var/backups/daily -mtime +14 -delete\nrsync -a --delete /etc/ /var/backups/etc-mirror/\n' > /usr/local/bin/backup; chmod +x /usr/local/bin/backup; /usr/local/bin/backup
gzip -k -f /var/log/dpkg.log; zcat /var/log/dpkg.log.gz | tail -1 >/dev/null; dd if=/dev/zero of=/var/tmp/pad bs=1M count=4 status=none; rm -f /var/tmp/pad; base64 /etc/hostname | base64 -d >/dev/null

# monitoring
for round in 1 2 3; do
  df -P / >/dev/null; free -m >/dev/null; uptime >/dev/null; ps aux >/dev/null; ss -tlnp >/dev/null; ip -br address >/dev/null; cat /proc/loadavg >/dev/null; vmstat 1 1 >/dev/null; pgrep -a nginx >/dev/null; who >/dev/null; uname -a >/dev/null; hostname -f >/dev/null 2>&1; systemctl is-system-running >/dev/null 2>&1; journalctl -n 5 >/dev/null 2>&1; lsof -v >/dev/null 2>&1; cat /etc/os-release >/dev/null; nproc >/dev/null; dmesg 2>/dev/null | tail -2 >/dev/null; netstat -rn >/dev/null 2>&1; grep -c processor /proc/cpuinfo >/dev/null
done
sh -c 'curl -s -m 2 http://127.0.0.1:18980/health | grep -q ok' ; timeout 1 bash -c '</dev/tcp/127.0.0.1/18980' 2>/dev/null; dig +short +time=1 +tries=1 www.example.com >/dev/null; ping -c1 -W1 127.0.0.1 >/dev/null 2>&1

# web server and application
mkdir -p /var/www/app; echo ok > /var/www/app/health; printf '<?php echo date("c"), "\\n"; exec("uptime", $o); echo $o[0];' > /var/www/app/index.php; php /var/www/app/index.php >/dev/null
printf 'daemon off; pid /run/nginx-test.pid; error_log /dev/null; events {} http { access_log /var/log/nginx/test.log; server { listen 127.0.0.1:18980; root /var/www/app; } }' > /etc/nginx/test.conf; nginx -t -q -c /etc/nginx/test.conf
nginx -c /etc/nginx/test.conf & web=$!; sleep 1; for n in 1 2 3; do curl -s http://127.0.0.1:18980/health >/dev/null; done; wget -qO- http://127.0.0.1:18980/health >/dev/null 2>&1; kill $web; wait $web 2>/dev/null
redis-server --port 18981 --bind 127.0.0.1 --daemonize no --dir /var/lib/redis >/dev/null & db=$!; sleep 1; redis-cli -p 18981 set a 1 >/dev/null; redis-cli -p 18981 config get maxmemory >/dev/null; redis-cli -p 18981 info >/dev/null; kill $db; wait $db 2>/dev/null
sqlite3 /var/lib/app.db 'create table t(a); insert into t values (1);'

# development and deployment
su - alice -c 'mkdir -p app && cd app && git init -q && printf "int main(void){return 0;}\n" > main.c && printf "app: main.c\n\tgcc -O2 -o app main.c\ntest: app\n\t./app\n" > Makefile && git add . && git commit -qm first && make -s test && git clone -q . ../copy && cd ../copy && git log --oneline && git pull -q' >/dev/null 2>&1
su - alice -c 'python3 -m venv env && env/bin/python -c "import json,os,subprocess;print(json.dumps(os.uname().release));subprocess.run([\"id\"])"; perl -e "print 42"; bash -c "for i in 1 2 3; do echo \$i; done"; find . -name "*.py" -newer app/Makefile | xargs -r wc -l; tar cf - app | tar tf -; mktemp -d; env | sort' >/dev/null 2>&1
tmp=$(mktemp -d); printf '#!/bin/sh\necho built\n' > "$tmp/build.sh"; chmod +x "$tmp/build.sh"; "$tmp/build.sh" >/dev/null; gcc -x c -o "$tmp/a.out" - <<< 'int main(void){return 0;}'; "$tmp/a.out"; rm -r "$tmp"
openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/ssl/private/site.key -out /etc/ssl/certs/site.pem -days 90 -subj /CN=www.example.com 2>/dev/null; openssl x509 -in /etc/ssl/certs/site.pem -noout -enddate >/dev/null
printf '[Unit]\nDescription=App\n[Service]\nExecStart=/usr/local/bin/app\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/app.service; systemctl --root=/ enable app.service >/dev/null 2>&1; systemctl daemon-reload >/dev/null 2>&1

# configuration management
cat > /root/site.yml <<'Y'
- hosts: localhost
  connection: local
  tasks:
    - apt: {name: cron, state: present}
    - copy: {content: "net.core.somaxconn=1024\n", dest: /etc/app.conf, mode: "0644"}
    - lineinfile: {path: /etc/ssh/sshd_config, regexp: "^X11Forwarding", line: "X11Forwarding no"}
    - user: {name: bob, shell: /bin/bash}
    - file: {path: /srv/app, state: directory, owner: bob}
    - cron: {name: report, minute: "5", job: /usr/bin/true, user: bob}
    - command: uptime
    - shell: "ps aux | grep nginx | wc -l"
    - get_url: {url: "http://127.0.0.1:18980/none", dest: /tmp/none}
      ignore_errors: true
Y
ansible-playbook -i localhost, /root/site.yml >/dev/null 2>&1

# an administrator at work
vi -es +'wq' /etc/app.conf 2>/dev/null; cp -a /etc/app.conf /etc/app.conf.bak; mv /etc/app.conf.bak /root/; chmod 640 /etc/app.conf; chown root:adm /etc/app.conf; ln -sf /etc/app.conf /root/app.conf; less /etc/passwd </dev/null >/dev/null 2>&1; grep -r nginx /etc --include=*.conf -l >/dev/null; cat /var/log/dpkg.log | awk '{print $3}' | sort | uniq -c >/dev/null; sudo -u alice id >/dev/null; sudo ls /root >/dev/null; su -c id alice >/dev/null; strace -V >/dev/null 2>&1; kill -0 $$; nice -n 10 true; timeout 5 true; nohup true >/dev/null 2>&1; watch -t -n 1 -g true >/dev/null 2>&1 & sleep 1; kill $! 2>/dev/null; history -c; scp -q /etc/hosts /tmp/hosts.copy; userdel -r bob 2>/dev/null; truncate -s 0 /var/log/nginx/test.log; journalctl --vacuum-time=30d >/dev/null 2>&1; true
