//! Output that holds no secret, and is shown whole although it speaks of secrets.

use super::super::Secrets;

#[test]
fn output_without_secret_is_shown_whole() {
    let mut wrong = Vec::new();
    for text in [
        "secrets.txt: Permission denied",
        "cat: secrets.txt: Permission denied",
        "cat: /etc/secret: Permission denied",
        "cat: /run/secrets/token: No such file or directory",
        "cat: token: No such file or directory",
        "token bucket: full",
        "token bucket",
        "passwd: user unknown",
        "passwd: Authentication token manipulation error",
        "passwd: password updated successfully",
        "password: is required",
        "error: token: invalid",
        "token: expired",
        "error: --password is required",
        "access denied (using password: YES)",
        "sudo: a password is required",
        "PASS: test_login",
        "PASS: tests/a.sh",
        "pass=12 fail=0",
        "pass: 12",
        "# pass 12",
        "ffmpeg -pass 1 -i a.mkv",
        "bypass=1 compass=north",
        "--password-file /etc/restic.pw",
        "RESTIC_PASSWORD_FILE=/root/.restic",
        "TOKEN_FILE=/run/secrets/token",
        "token_type: bearer",
        "tokens: 512, max_tokens=100",
        "{\"usage\": {\"tokens\": 5, \"total_tokens\": 10}}",
        "\"tokens\": {\"prompt\": 5, \"completion\": 7}",
        "tokenizer=bert",
        "/home/app/.ssh/id_ed25519",
        "/etc/ssl/private/server.key",
        "key: value",
        "keys=12",
        "primary key: id",
        "monkey=banana",
        "keyboard: de",
        "auth: ok",
        "author: me",
        "PWD=/srv OLDPWD=/",
        "http://h:80/x?page=2&size=10",
        "https://host:8443/user@example.com",
        "https://example.com/tokens/list",
        "ssh git@github.com:x/y",
        "curl: (6) Could not resolve host: example.com",
        "curl -sSf -o /tmp/x https://example.com/x",
        "mysql -h db -P 3306 -u app",
        "docker run -p 80:80 nginx",
        "redis-cli -h cache ping",
        "unzip -p a.zip",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "a line of -----BEGIN PRIVATE KEY----- in a text",
        "signature: valid",
        "gpg: Good signature from \"me\"",
        "design: blue, sig=11",
        "sk-learn eyJ ghp_ AKIA",
        "ticket ghp_short",
        "cookies: 5",
        "10:30:00 backup done",
        "rsync a:b c",
        "session: opened",
        "usage: x --token <TOKEN>",
        "password = null, token: none, secret=true",
        "bearer of bad news",
        "<td>password:</td><td>x</td>",
        "SELECT token FROM t WHERE pass = 1",
        "secret: not found",
        "loaded secrets from /etc/app/secrets.yaml",
        "systemd-ask-password: Timer expired",
    ] {
        let mut bytes = text.as_bytes().to_vec();
        Secrets::default().hide(&mut bytes);
        let shown = String::from_utf8(bytes).unwrap();
        if shown != text {
            wrong.push((text, shown));
        }
    }
    assert_eq!(wrong, []);
}
