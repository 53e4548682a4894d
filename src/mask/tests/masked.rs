//! Output with secrets in all their forms. The secret holds the letters `Zq`, so that each rest of it is seen.

use super::super::{Secrets, holds_mask, text};

/// A form of output and the parts of it that must stay visible. `@` is the secret.
const FORMS: &[(&str, &[&str])] = &[
    ("PASSWORD=@", &["PASSWORD="]),
    ("DB_PASS=@", &["DB_PASS="]),
    ("DBPASS=@ x", &["DBPASS=", " x"]),
    ("dbPass: @", &["dbPass: "]),
    ("PASS=@", &["PASS="]),
    ("pass: @", &["pass: "]),
    ("{\"pass\": \"@\"}", &["{\"pass\": \"", "\"}"]),
    ("JWT=@", &["JWT="]),
    ("SSHKEY=@", &["SSHKEY="]),
    ("SSH_KEY: @", &["SSH_KEY: "]),
    ("TOKEN_2=@", &["TOKEN_2="]),
    ("PASSWORD1=@", &["PASSWORD1="]),
    ("GITHUB_TOKEN_PROD=@", &["GITHUB_TOKEN_PROD="]),
    (
        "spring.datasource.password=@",
        &["spring.datasource.password="],
    ),
    ("http://h/x?pass=@&a=1", &["http://h/x?pass=", "&a=1"]),
    (
        "http://h/x?a=1&pwd=1&passwd=@#b",
        &["http://h/x?a=1&", "#b"],
    ),
    ("https://h/x?token=@", &["https://h/x?token="]),
    (
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=@&X-Amz-Date=1&X-Amz-Signature=@",
        &["&X-Amz-Date=1&"],
    ),
    (
        "https://b.s3.amazonaws.com/k?AWSAccessKeyId=@&Expires=1&Signature=@",
        &["Expires=1"],
    ),
    (
        "https://a.blob.core.windows.net/c?sv=1&sig=@&se=2",
        &["?sv=1&sig=", "&se=2"],
    ),
    (
        "https://storage.googleapis.com/b?X-Goog-Signature=@",
        &["X-Goog-Signature="],
    ),
    (
        "DefaultEndpointsProtocol=https;AccountKey=@;EndpointSuffix=x",
        &["EndpointSuffix=x"],
    ),
    ("Endpoint=sb://x/;SharedAccessKey=@", &["Endpoint=sb://x/"]),
    ("Server=db;User=a;Password=@;", &["Server=db;User=a;"]),
    ("postgres://u:@@h/db", &["postgres://u:", "h/db"]),
    ("https://@@github.com/x", &["https://", "github.com/x"]),
    ("{\"tokens\": [\"@\", \"@\"], \"n\": 1}", &["\"n\": 1}"]),
    (
        "{\"secrets\": {\"db\": \"@\", \"x\": [\"@\"]}, \"n\": \"y\"}",
        &["\"db\": \"", "\"n\": \"y\""],
    ),
    (
        "\"passwords\": [\n  \"@\",\n  \"@\"\n]\nend",
        &["\"passwords\": [\n", "\n]\nend"],
    ),
    (
        "{'credentials': {'user': '@', 'pw': '@'}, 'a': 'b'}",
        &["'a': 'b'"],
    ),
    (
        "{\"msg\":\"{\\\"password\\\":\\\"@\\\",\\\"a\\\":1}\"}",
        &["\\\"a\\\":1"],
    ),
    (
        "{\"msg\":\"{\\\"tokens\\\":[\\\"@\\\",\\\"@\\\"],\\\"a\\\":1}\"}",
        &["\\\"a\\\":1"],
    ),
    ("\"password\" => \"@\"", &["\"password\" => "]),
    ("password := @", &["password := "]),
    ("password: @;x&y", &["password: "]),
    ("'password': '@'", &["'password': "]),
    ("curl -u me:@ https://h/", &["curl -u me:", " https://h/"]),
    (
        "+ curl -sSu me:@ https://h/",
        &["curl -sSu me:", " https://h/"],
    ),
    ("curl -ume:@ https://h/", &["curl -ume:"]),
    (
        "curl --user 'me:@' https://h/",
        &["curl --user 'me:", "' https://h/"],
    ),
    ("curl --user=me:@ https://h/", &["curl --user=me:"]),
    (
        "curl --proxy-user me:@ https://h/",
        &["curl --proxy-user me:"],
    ),
    ("curl -u @: https://h/", &["curl -u ", ": https://h/"]),
    ("curl -b 'sid=@' https://h/", &["curl -b '", "' https://h/"]),
    ("curl --cookie sid=@ https://h/", &["curl --cookie "]),
    (
        "curl --oauth2-bearer @ https://h/",
        &["curl --oauth2-bearer "],
    ),
    (
        "curl \\\n  -u me:@ \\\n  https://h/",
        &["-u me:", "https://h/"],
    ),
    ("/usr/bin/curl -u me:@ x", &["/usr/bin/curl -u me:"]),
    ("http -a me:@ https://h/", &["http -a me:"]),
    ("mysql -uroot -p@ db", &["mysql -uroot -p", " db"]),
    (
        "mysqldump -u root -p'@' db",
        &["mysqldump -u root -p'", "' db"],
    ),
    ("mariadb-dump -p@ db", &["mariadb-dump -p", " db"]),
    ("htpasswd -b /etc/pw me @", &["htpasswd -b /etc/pw me "]),
    (
        "htpasswd -cbB -C 12 /etc/pw me '@' && x",
        &["htpasswd -cbB -C 12 /etc/pw me '", "' && x"],
    ),
    ("htpasswd -nb me @ > f", &["htpasswd -nb me ", " > f"]),
    ("vault login @12345", &["vault login "]),
    (
        "/usr/bin/vault login -no-print hvs1@",
        &["/usr/bin/vault login -no-print "],
    ),
    (
        "docker login -u me -p @ r.io",
        &["docker login -u me -p ", " r.io"],
    ),
    (
        "docker login --password @ r.io",
        &["docker login --password ", " r.io"],
    ),
    ("docker login --password=@ r.io", &["--password=", " r.io"]),
    ("PGPASSWORD=@ psql -h db", &["PGPASSWORD=", " psql -h db"]),
    (
        "db:\n  password: |\n    @\n    @\n  host: x",
        &["db:\n  password: |\n", "\n  host: x"],
    ),
    (
        "password: >-\n  @\nhost: x",
        &["password: >-\n", "\nhost: x"],
    ),
    (
        "- token: |2+ # note\n    @\n\n    @\n- a: b",
        &["- token: |2+ # note\n", "\n- a: b"],
    ),
    ("\"secret\": |\r\n  @\r\nhost: x", &["host: x"]),
    ("sshpass -p @ ssh h", &["sshpass -p ", " ssh h"]),
    ("sshpass -p@ ssh h", &["sshpass -p", " ssh h"]),
    ("redis-cli -h c -a @ ping", &["redis-cli -h c -a ", " ping"]),
    ("redis-cli --pass @ ping", &["redis-cli --pass ", " ping"]),
    ("mongodump -u a -p @ x", &["mongodump -u a -p "]),
    (
        "ldapsearch -D cn=a -w @ -b x",
        &["ldapsearch -D cn=a -w ", " -b x"],
    ),
    ("smbclient -U 'me%@' //h/x", &["smbclient -U 'me%", "//h/x"]),
    ("lftp -u me,@ h", &["lftp -u me,", " h"]),
    ("7z a -p@ x.7z y", &["7z a -p", " x.7z y"]),
    ("zip -P @ x.zip y", &["zip -P ", " x.zip y"]),
    (
        "docker login -u me -p @ registry",
        &["docker login -u me -p ", " registry"],
    ),
    (
        "openssl enc -pass pass:@ -in x",
        &["openssl enc -pass ", " -in x"],
    ),
    ("ipmitool -U a -P @ power", &["ipmitool -U a -P ", " power"]),
    ("x --password @ --user me", &["--password ", " --user me"]),
    ("x --db-pass=@", &["--db-pass="]),
    (
        "keytool -storepass @ -list",
        &["keytool -storepass ", " -list"],
    ),
    ("Cookie: a=@; b=@", &["Cookie: "]),
    (
        "* sent Cookie: a=@; sid=@ to h",
        &["* sent Cookie: ", " to h"],
    ),
    ("< Set-Cookie: sid=@; Path=/", &["< Set-Cookie: "]),
    ("\"cookie\": \"sid=@\"", &["\"cookie\": \""]),
    ("JSESSIONID=@ PHPSESSID=@", &["JSESSIONID="]),
    ("> Authorization: Bearer @", &["> Authorization: "]),
    (
        "map[Authorization:[Bearer @] A:[b]]",
        &["map[Authorization:[Bearer ", "A:[b]]"],
    ),
    (
        "{\"Authorization\": [\"Bearer @\"]}",
        &["{\"Authorization\""],
    ),
    ("got Bearer @ from h", &["got Bearer ", " from h"]),
    ("PRIVATE-TOKEN: @", &["PRIVATE-TOKEN: "]),
    ("X-Api-Key: @", &["X-Api-Key: "]),
    (
        "machine h login me password @",
        &["machine h login me password "],
    ),
    (
        "CREATE USER x IDENTIFIED BY '@';",
        &["CREATE USER x IDENTIFIED BY '", "';"],
    ),
    (
        "ALTER ROLE x WITH PASSWORD '@'",
        &["ALTER ROLE x WITH PASSWORD '"],
    ),
    ("is ghp_@ here", &["is ghp_", " here"]),
    ("github_pat_@", &["github_pat_"]),
    ("glpat-@", &["glpat-"]),
    ("xoxb-1234-@ xoxp-@", &["xoxb-", " xoxp-"]),
    ("sk_live_@ rk_live_@", &["sk_live_", " rk_live_"]),
    ("sk-ant-api03-@", &["sk-ant-"]),
    ("eyJhbGciOiJIUzI1NiJ9.eyJ@.@", &["eyJ"]),
    ("npm_@ hf_@ hvs.@", &["npm_", " hf_", " hvs."]),
    (
        "https://hooks.slack.com/services/T0/B0/@",
        &["https://hooks.slack.com/services/"],
    ),
    (
        "-----BEGIN RSA PRIVATE KEY-----\n@\n@\n-----END RSA PRIVATE KEY-----\nend",
        &[
            "-----BEGIN RSA PRIVATE KEY-----\n",
            "\n-----END RSA PRIVATE KEY-----\nend",
        ],
    ),
    (
        "-----BEGIN OPENSSH PRIVATE KEY-----\n@\n@\n",
        &["-----BEGIN OPENSSH PRIVATE KEY-----\n"],
    ),
    (
        "\"k\": \"-----BEGIN PRIVATE KEY-----\\n@\\n-----END PRIVATE KEY-----\\n\"",
        &["-----END PRIVATE KEY-----"],
    ),
    ("design:token=@", &["design:token="]),
    ("PASSWORD=$'@' backup", &["PASSWORD=$'", "' backup"]),
    ("x --password $'a\\'@' -v", &["x --password $'", "' -v"]),
    ("TOKEN=$\"@\" x", &["TOKEN=$\"", "\" x"]),
    (
        "curl -u $'me:@' https://h/",
        &["curl -u $'me:", "https://h/"],
    ),
    ("curl -sume:@ https://x", &["curl -sume:", " https://x"]),
    (
        "curl -fsSLume:@ https://x",
        &["curl -fsSLume:", " https://x"],
    ),
    (
        "curl -K- <<< 'user = me:@' https://h/",
        &["user = me:", "' https://h/"],
    ),
    (
        "curl -K - https://h/ <<EOF\nuser = \"me:@\"\nEOF",
        &["user = \"me:", "\"\nEOF"],
    ),
    (
        "{\"pass\\u0077ord\":\"@\"}",
        &["{\"pass\\u0077ord\":\"", "\"}"],
    ),
    (
        "https://x/?a=1&pass%77ord=@&b=2",
        &["?a=1&pass%77ord=", "&b=2"],
    ),
    ("<password>@</password>", &["<password>", "</password>"]),
    (
        "<a:Password type=\"x\"> @ </a:Password>",
        &["<a:Password type=\"x\"> ", " </a:Password>"],
    ),
    (
        "<secret><![CDATA[@]]></secret>",
        &["<secret><![CDATA[", "</secret>"],
    ),
    (
        "<add key=password value=@>",
        &["<add key=", "<add key=password value=", ">"],
    ),
    (
        "<add key=\"DbPassword\" value=\"@\"/>",
        &["<add key=", "<add key=\"DbPassword\" value=\"", "\"/>"],
    ),
    (
        "<input type=\"hidden\" value=\"@\" name=\"token\">",
        &["value=\"", "\" name=\"token\">"],
    ),
    (
        "{\"name\": \"DB_PASSWORD\", \"value\": \"@\"}",
        &["\"name\": \"DB_PASSWORD\", \"value\": \"", "\"}"],
    ),
    ("GITHUB_PAT=@ gh pr list", &["GITHUB_PAT=", " gh pr list"]),
    ("pw=@ x", &["pw=", " x"]),
    ("db_pw: @", &["db_pw: "]),
    ("https://h/x?sig=@", &["?sig="]),
    (
        "sqlplus sys/@@db as sysdba",
        &["sqlplus sys/", "db as sysdba"],
    ),
    (
        "sqlplus -s me/@@//h:1521/x",
        &["sqlplus -s me/", "//h:1521/x"],
    ),
    ("expdp me/@ full=y", &["expdp me/", " full=y"]),
    (
        "sqlldr userid=me/@@db control=a/b.ctl",
        &["userid=me/", "control=a/b.ctl"],
    ),
    ("echo 'user:@' | chpasswd", &["echo 'user:", "' | chpasswd"]),
    (
        "echo -n user:@ | sudo /usr/sbin/chpasswd",
        &["echo -n user:", " | sudo"],
    ),
    ("chpasswd <<< user:@", &["chpasswd <<< user:"]),
    ("chpasswd <<EOF\nroot:@\nEOF", &["root:", "\nEOF"]),
    (
        "mosquitto_pub -u x -P @ -t t -m m",
        &["mosquitto_pub -u x -P ", " -t t -m m"],
    ),
    ("plink -pw @ host", &["plink -pw ", " host"]),
    (
        "rabbitmqadmin -u x -p @ list",
        &["rabbitmqadmin -u x -p ", " list"],
    ),
    ("rabbitmqctl add_user me @", &["rabbitmqctl add_user me "]),
    (
        "aws configure set aws_secret_access_key @",
        &["aws configure set aws_secret_access_key "],
    ),
    (
        "git config --global github.token @ && x",
        &["git config --global github.token ", " && x"],
    ),
    (
        "npm config set //r.io/:_authToken @",
        &["npm config set //r.io/:_authToken "],
    ),
    ("snmpwalk -v2c -c @ host", &["snmpwalk -v2c -c ", " host"]),
    ("xfreerdp /u:me /p:@ /v:h", &["xfreerdp /u:me /p:", " /v:h"]),
    (
        "\u{1b}[32mpassword\u{1b}[0m=\u{1b}[1m@\u{1b}[0m",
        &["password"],
    ),
    ("tok\u{1b}[1men\u{1b}[0m=@", &["tok"]),
];

/// Long enough for each form, without a character that ends one.
const SECRET: &str = "Zq4Zq7Zq1Zq8Zq2Zq9Zq3Zq5Zq6Zq0Zq4Zq7Zq1";

#[test]
fn output_with_secret_is_masked() {
    assert!(FORMS.len() >= 60);
    let mut wrong = Vec::new();
    for (form, visible) in FORMS {
        let text = filled(form);
        let mut bytes = text.as_bytes().to_vec();
        Secrets::default().hide(&mut bytes);
        let shown = String::from_utf8(bytes).unwrap();
        let missing = visible.iter().find(|part| !shown.contains(**part));
        if shown.contains("Zq") || shown.len() != text.len() || missing.is_some() {
            wrong.push((text, shown, missing));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let mut aws = b"AKIAIOSFODNN7EXAMPLE\xff token=Zq4\xffZq".to_vec();
    Secrets::default().hide(&mut aws);
    assert_eq!(aws, b"AKIA****************\xff token=******");
}

#[test]
fn text_of_work_with_secret_is_masked() {
    let mut wrong = Vec::new();
    for (form, visible) in FORMS.iter().filter(|(form, _)| !form.contains('\u{1b}')) {
        let filled = filled(form);
        let shown = text(&filled).into_owned();
        let first = visible.first().unwrap().trim_end();
        let is_first_shown = shown.contains(first) || first.contains('\n');
        if shown.contains("Zq") || !is_first_shown || !holds_mask(&shown) || text(&shown) != shown {
            wrong.push((filled, shown));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The form with secrets in it. `@@` is a secret and an `@`.
fn filled(form: &str) -> String {
    form.replace("@@", &format!("{SECRET}\u{2}"))
        .replace('@', SECRET)
        .replace('\u{2}', "@")
}
