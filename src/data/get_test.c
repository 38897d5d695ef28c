/*
 * Downloads from a small server in this process: whole, cut and gone on with, from a server that cannot go on
 * in the middle, with a wrong sum, absent, refused.
 */
#define _GNU_SOURCE
#include "base/digest.h"
#include "base/error.h"
#include "data/fixture.h"
#include "data/run.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

/* ---- The server ---------------------------------------------------------------------------- */

typedef enum { WHOLE, CUT, NO_RANGE, ABSENT } manner;

static struct {
    int socket, port;
    _Atomic manner manner;
    atomic_int requests, ranges;
    rn_map file;
} server;

static void send_all(int client, const void *bytes, size_t size)
{
    const char *next = bytes;
    while (size > 0) {
        ssize_t sent = send(client, next, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        next += sent;
        size -= (size_t)sent;
    }
}

static void answer(int client, const char *request)
{
    const char *range = strcasestr(request, "Range: bytes=");
    size_t size = server.file.size, from = range ? strtoull(range + 13, NULL, 10) : 0;
    char head[200];
    manner how = atomic_load(&server.manner);
    atomic_fetch_add(&server.requests, 1);
    atomic_fetch_add(&server.ranges, range != NULL);
    if (how == NO_RANGE)
        from = 0;
    if (how == ABSENT) {
        send_all(client, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone", 49);
        return;
    }
    if (from >= size) {
        send_all(client, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n", 57);
        return;
    }
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 %s\r\nContent-Length: %zu\r\nContent-Range: bytes %zu-%zu/%zu\r\n"
                          "Connection: close\r\n\r\n",
                          from ? "206 Partial Content" : "200 OK", size - from, from, size - 1, size);
    send_all(client, head, (size_t)length);
    send_all(client, server.file.bytes + from, how == CUT ? (size - from) / 2 : size - from);
}

static void *serve(void *nothing)
{
    for (int client; (client = accept(server.socket, NULL, NULL)) >= 0; close(client)) {
        char request[4096];
        size_t used = 0;
        ssize_t got;
        while (used < sizeof request - 1
               && (got = recv(client, request + used, sizeof request - 1 - used, 0)) > 0) {
            used += (size_t)got;
            request[used] = '\0';
            if (strstr(request, "\r\n\r\n"))
                break;
        }
        if (strncmp(request, "QUIT", 4) == 0) {
            close(client);
            return nothing;
        }
        answer(client, request);
    }
    return nothing;
}

static struct sockaddr_in address(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static bool start_server(pthread_t *thread)
{
    struct sockaddr_in place = address(0);
    socklen_t size = sizeof place;
    server.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server.socket < 0 || bind(server.socket, (struct sockaddr *)&place, size) != 0
        || listen(server.socket, 8) != 0 || getsockname(server.socket, (struct sockaddr *)&place, &size) != 0)
        return false;
    server.port = ntohs(place.sin_port);
    return pthread_create(thread, NULL, serve, NULL) == 0;
}

static void stop_server(pthread_t thread)
{
    struct sockaddr_in place = address(server.port);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(client, (struct sockaddr *)&place, sizeof place) == 0)
        send_all(client, "QUIT\r\n\r\n", 8);
    pthread_join(thread, NULL);
    close(client);
    close(server.socket);
}

/* ---- The cases ----------------------------------------------------------------------------- */

static char url[100], sum[65];

static rn_status get(const char *folder, manner how)
{
    atomic_store(&server.manner, how);
    atomic_store(&server.requests, 0);
    atomic_store(&server.ranges, 0);
    return rn_data_get("cifar10", folder, url, sum);
}

static off_t size_of(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 ? about.st_size : -1;
}

static void check_fetched(const char *folder)
{
    char path[RN_PATH_SIZE];
    snprintf(path, sizeof path, "%s/cifar-10-batches-bin/data_batch_5.bin", folder);
    CHECK(size_of(path) == 30730000, "%s: %lld bytes", path, (long long)size_of(path));
    snprintf(path, sizeof path, "%s/cifar-10-binary.tar.gz", folder);
    CHECK(size_of(path) == -1, "the archive is still there");
}

static void check_refused(rn_status is, rn_status status, const char *message)
{
    CHECK(is == status && said(message), "status %d, '%s', expected '%s'", is, rn_error_text(), message);
}

static void test_whole(void)
{
    CHECK_OK(get(at("whole"), WHOLE));
    check_fetched(at("whole"));
    CHECK_OK(get(at("whole"), ABSENT));
    CHECK(atomic_load(&server.requests) == 0 && strstr(heard_last, "already"), "%s", heard_last);
}

static void test_cut(void)
{
    check_refused(get(at("cut"), CUT), RN_IO, "the connection ended early");
    off_t half = size_of(at("cut/cifar-10-binary.tar.gz.part"));
    CHECK(half > 0 && half < (off_t)server.file.size, "%lld bytes", (long long)half);
    CHECK_OK(get(at("cut"), WHOLE));
    CHECK(atomic_load(&server.ranges) == 1 && atomic_load(&server.requests) == 1,
          "%d requests, %d with a range", atomic_load(&server.requests), atomic_load(&server.ranges));
    check_fetched(at("cut"));
}

static void test_no_range(void)
{
    check_refused(get(at("range"), CUT), RN_IO, "the connection ended early");
    CHECK_OK(get(at("range"), NO_RANGE));
    CHECK(atomic_load(&server.requests) == 2, "%d requests", atomic_load(&server.requests));
    check_fetched(at("range"));
}

/* A part that is whole already, and one that is longer than the file. */
static void test_parts(void)
{
    put_file(at("ready/cifar-10-binary.tar.gz.part"), server.file.bytes, server.file.size);
    CHECK_OK(get(at("ready"), WHOLE));
    CHECK(atomic_load(&server.requests) == 0, "%d requests", atomic_load(&server.requests));
    check_fetched(at("ready"));
    put_zeros(at("long/cifar-10-binary.tar.gz.part"), (off_t)server.file.size + 10);
    CHECK_OK(get(at("long"), WHOLE));
    check_fetched(at("long"));
}

static void test_wrong_sum(void)
{
    check_refused(rn_data_get("cifar10", at("wrong"), url, NULL), RN_BAD_FILE, "is not the expected file");
    rn_listing listing;
    CHECK_OK(rn_listing_open(&listing, at("wrong")));
    CHECK(listing.count == 0, "%s was kept", listing.count ? listing.name[0] : "");
    rn_listing_close(&listing);
}

static void test_refusals(void)
{
    char path[1000];
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    check_refused(get(at("absent"), ABSENT), RN_IO, "the server does not give the file");
    check_refused(rn_data_get("mnist", at("absent"), NULL, NULL), RN_BAD_ARGUMENT, "no data set 'mnist'");
    check_refused(rn_data_get("cifar10", at("absent"), url, "abc"), RN_BAD_ARGUMENT, "'abc' is no SHA-256");
    setenv("PATH", "/nonexistent", 1);
    check_refused(get(at("absent"), WHOLE), RN_FAILED, "'curl' is not installed");
    setenv("PATH", path, 1);
}

static void test_closed_port(void)
{
    check_refused(rn_data_get("cifar10", at("closed"), url, sum), RN_IO, "refuses the connection");
}

static bool make_archive(void)
{
    put_cifar10(at("source/cifar-10-batches-bin"));
    const char *const command[] = { "tar", "-c", "-z", "-f", at("archive.tar.gz"), "-C", at("source"),
                                    "cifar-10-batches-bin", NULL };
    int code;
    if (rn_run(command, false, &code) != RN_OK || code != 0
        || rn_map_open(&server.file, at("archive.tar.gz")) != RN_OK)
        return false;
    rn_digest_of(server.file.bytes, server.file.size, sum);
    return true;
}

static bool has_curl(void)
{
    const char *const command[] = { "curl", "--version", NULL };
    int code;
    return rn_run(command, false, &code) == RN_OK && code == 0;
}

int main(void)
{
    pthread_t thread;
    if (!has_curl())
        return check_skip("curl is not installed");
    check_folder_open();
    setenv("no_proxy", "127.0.0.1", 1);
    listen_now();
    if (!make_archive() || !start_server(&thread)) {
        check_folder_close();
        return check_skip("no tar, or no network on 127.0.0.1");
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%d/archive.tar.gz", server.port);
    test_whole();
    test_cut();
    test_no_range();
    test_parts();
    test_wrong_sum();
    test_refusals();
    stop_server(thread);
    test_closed_port();
    rn_map_close(&server.file);
    check_folder_close();
    return check_result();
}
