//! Tables of texts that are masked and of texts that are not.

use super::*;

#[test]
fn is_secret_name_knows_common_names() {
    for name in [
        "token",
        "GITHUB_TOKEN",
        "password",
        "PGPASSWORD",
        "MYSQL_PWD",
        "client_secret",
        "key",
        "api_key",
        "apiKey",
        "X-Api-Key",
        "AWS_SECRET_ACCESS_KEY",
        "privateKey",
        "access-token",
        "DB_PASSWD",
        "auth",
    ] {
        assert!(is_secret_name(name), "{name}");
    }
    for name in [
        "monkey", "keyboard", "turkey", "PATH", "name", "keyspace", "author", "user",
    ] {
        assert!(!is_secret_name(name), "{name}");
    }
}

#[test]
fn text_with_secrets_is_masked() {
    for (text, shown) in [
        (
            "curl https://u:hunter2@h/x?token=abc&a=1#b",
            "curl https://u:***@h/x?token=***&a=1#b",
        ),
        ("mysql://root:p@ss:w@db/x", "mysql://root:***@db/x"),
        ("socks5://:pw@h", "socks5://:***@h"),
        ("PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"),
        ("TOKEN='a b' x", "TOKEN='***' x"),
        (
            r#"{"password": "a \" b", "n": 1}"#,
            r#"{"password": "***", "n": 1}"#,
        ),
        (
            "curl -H 'Authorization: Bearer abc.def' u",
            "curl -H 'Authorization: ***' u",
        ),
        (
            "curl -H \"Cookie: a=1; b=2\" u",
            "curl -H \"Cookie: ***\" u",
        ),
        (
            "x --password hunter2 --user me",
            "x --password *** --user me",
        ),
        ("x --token=abc -v", "x --token=*** -v"),
        (
            "> GET http://h:80/x?token=abc",
            "> GET http://h:80/x?token=***",
        ),
        ("note: key=1", "note: key=***"),
        (
            "mysqldump --password=\"a b\" db",
            "mysqldump --password=\"***\" db",
        ),
        ("password: hunter2\nuser: me", "password: ***\nuser: me"),
        ("PGPASSWORD=ab,cdefg psql", "PGPASSWORD=*** psql"),
        ("password=a(t!x", "password=***"),
        ("password:   hunter2", "password:   ***"),
        ("secret = hunter2", "secret = ***"),
        ("token={abc}", "token=***}"),
        (
            "cannot log in (using password: YES)",
            "cannot log in (using password: YES)",
        ),
        (
            "{\"tokens\": 5, \"password\": null, \"token\": \"x\"}",
            "{\"tokens\": 5, \"password\": null, \"token\": \"***\"}",
        ),
        ("{password: abc, n: 1}", "{password: ***, n: 1}"),
        (
            "<td>password:</td><td>x</td>",
            "<td>password:</td><td>x</td>",
        ),
        (
            "tokenizer=bert max_tokens=100",
            "tokenizer=bert max_tokens=100",
        ),
        ("PWD=/srv OLDPWD=/", "PWD=/srv OLDPWD=/"),
        ("MYSQL_PWD=x1", "MYSQL_PWD=***"),
        ("postgres://u:pa/ss@h/db", "postgres://u:***@h/db"),
        (
            "git clone https://ghp_abcdef@github.com/x",
            "git clone https://***@github.com/x",
        ),
        (
            "curl -H Authorization:$T https://h/ && /usr/local/bin/wipe-old",
            "curl -H Authorization:*** https://h/ && /usr/local/bin/wipe-old",
        ),
        (
            "curl -H Authorization: Bearer abc https://h/",
            "curl -H Authorization: Bearer *** https://h/",
        ),
        ("< Set-Cookie: a=1; Path=/\nx", "< Set-Cookie: ***\nx"),
        (
            "it is Authorization: Basic YTpi",
            "it is Authorization: Basic ***",
        ),
    ] {
        assert_eq!(self::text(text), shown, "{text}");
    }
    for text in [
        "echo hello",
        "A=1 b",
        "http://h:80/x",
        "rsync a:b c",
        "10:30",
        "monkey=banana",
        "date +%H:%M",
        "ls --color auto",
        "tar --exclude x -czf y",
        "https://host:8443/user@example.com",
        "ssh git@github.com:x/y",
        "PASSWORD= psql",
        "SELECT command FROM jobs WHERE name = 'a'",
    ] {
        assert_eq!(self::text(text), text);
    }
}

#[test]
fn header_with_secret_is_masked() {
    for (name, value, shown) in [
        ("Authorization", "Bearer abc", "Bearer ***"),
        ("authorization", "abc", "***"),
        ("Cookie", "a=1; b=2", "***"),
        ("Set-Cookie", "sid=1; Path=/", "***"),
        ("X-Api-Key", "abc", "***"),
        ("Content-Type", "text/plain", "text/plain"),
        ("Location", "https://h/?token=abc", "https://h/?token=***"),
    ] {
        assert_eq!(header(name, value), shown, "{name}");
    }
}

#[test]
fn holds_mask_finds_mask_in_place_of_secret() {
    for text in [
        "mysqldump --password=*** db",
        "http://u:***@h/",
        "https://***@h/",
        "{\"token\": \"***\"}",
        "curl -H 'Authorization: ***' u",
        "Authorization: Bearer ***",
    ] {
        assert!(holds_mask(text), "{text}");
    }
    for text in ["echo '***'", "echo *** --password=real", "ls ***"] {
        assert!(!holds_mask(text), "{text}");
    }
}

mod masked;
mod parts;
mod shown;
