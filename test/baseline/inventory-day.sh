#!/bin/bash
# What changes the inventory of a server on an ordinary day: packages with accounts and units of their own, an administrator's units,
# cron lines, sudo rules, keys, web sites, containers. Run by record-inventory.ts inside an overlay of the root file system.
set -u
export HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd /root
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d
pause() { sleep 2; }

# packages: with accounts, units, cron lines and set-user-id programs of their own
apt-get -qq update
apt-get -y -qq install nginx-light redis-server cron at sudo fuse3 openssh-server php-cli prometheus-node-exporter postfix >/dev/null 2>&1; pause
apt-get -y -qq install --reinstall passwd util-linux mount cron >/dev/null 2>&1; pause
timeout 200 apt-get -y -qq upgrade >/dev/null 2>&1; pause
apt-get -y -qq purge at fuse3 >/dev/null 2>&1; apt-get -y -qq autoremove >/dev/null 2>&1; pause

# accounts and keys
useradd -m -s /bin/bash alice; echo 'alice:correct horse' | chpasswd; usermod -aG sudo alice; groupadd -f deploy; gpasswd -a alice deploy >/dev/null
useradd -r -s /usr/sbin/nologin shop; pause
su - alice -c 'ssh-keygen -q -t ed25519 -N "" -C alice@example.com -f ~/.ssh/id_ed25519; cat ~/.ssh/id_ed25519.pub >> ~/.ssh/authorized_keys; chmod 600 ~/.ssh/authorized_keys' >/dev/null; pause
printf '%%deploy ALL=(root) NOPASSWD: /usr/bin/systemctl restart shop.service\n' > /etc/sudoers.d/deploy; chmod 440 /etc/sudoers.d/deploy; pause

# services and timers of an administrator, and of a user
mkdir -p /opt/shop; printf '#!/bin/sh\nexec sleep 1\n' > /opt/shop/server; chmod +x /opt/shop/server
printf '[Unit]\nDescription=Shop\n[Service]\nUser=shop\nExecStart=/opt/shop/server --port 8080\nRestart=always\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/shop.service
systemctl enable shop.service >/dev/null 2>&1; pause
printf '[Service]\nType=oneshot\nExecStart=/usr/local/bin/backup\n' > /etc/systemd/system/backup.service
printf '[Timer]\nOnCalendar=*-*-* 03:15:00\n[Install]\nWantedBy=timers.target\n' > /etc/systemd/system/backup.timer
systemctl enable backup.timer >/dev/null 2>&1; systemctl mask redis-server.service >/dev/null 2>&1; pause
su - alice -c 'mkdir -p ~/.config/systemd/user; printf "[Service]\nExecStart=/usr/bin/rsync -a %%h/work /var/backups/\n" > ~/.config/systemd/user/sync.service; printf "[Timer]\nOnCalendar=daily\n" > ~/.config/systemd/user/sync.timer'; pause
sed -i 's/--port 8080/--port 8081 --workers 4/' /etc/systemd/system/shop.service; pause

# scheduled work
printf '#!/bin/sh\ntar czf /var/backups/etc.tar.gz /etc 2>/dev/null\n' > /usr/local/bin/backup; chmod +x /usr/local/bin/backup
printf '15 3 * * * root /usr/local/bin/backup\n*/10 * * * * www-data php /srv/shop/cron.php\n' > /etc/cron.d/shop; pause
echo '0 4 * * * curl -fsS https://status.example.com/ping/backup >/dev/null' | crontab -u alice -; pause
printf '#!/bin/sh\nfind /var/tmp -mtime +30 -delete\n' > /etc/cron.weekly/tidy; chmod +x /etc/cron.weekly/tidy; pause

# web sites, and servers that open their ports
mkdir -p /srv/shop/public; echo '<?php echo 1;' > /srv/shop/public/index.php
printf 'server {\n  listen 127.0.0.1:18980;\n  root /srv/shop/public;\n}\n' > /etc/nginx/sites-available/shop
ln -sf ../sites-available/shop /etc/nginx/sites-enabled/shop; rm -f /etc/nginx/sites-enabled/default; pause
nginx -g 'daemon on;'; redis-server --port 18981 --daemonize yes --pidfile /run/redis.pid >/dev/null; php -S 127.0.0.1:18982 -t /srv/shop/public >/dev/null 2>&1 & sleep 4
kill "$(cat /run/nginx.pid)" "$(cat /run/redis.pid)" $! 2>/dev/null; sleep 4

# start items and rights
echo 'export EDITOR=vim' > /etc/profile.d/editor.sh; echo br_netfilter > /etc/modules-load.d/kubernetes.conf; pause
chmod g+s /srv/shop; dpkg-statoverride --update --add root alice 4750 /usr/bin/mount 2>/dev/null; pause

# containers, with the files that a daemon of Docker writes
for one in 1 2; do
  id=$(printf '%064d' "$one"); mkdir -p "/var/lib/docker/containers/$id"
  printf '{"ID":"%s","Created":"2026-11-20T08:00:00Z","Name":"/web-%s","State":{"Running":true},"Config":{"Image":"nginx:1.27","User":""}}' "$id" "$one" > "/var/lib/docker/containers/$id/config.v2.json"
  printf '{"NetworkMode":"bridge","Privileged":false,"PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"808%s"}]}}' "$one" > "/var/lib/docker/containers/$id/hostconfig.json"
done; pause
rm -rf "/var/lib/docker/containers/$(printf '%064d' 1)"; pause
