/*
 * badanswers - what badengine.c says where it misbehaves: text alone.
 */
#ifndef BADANSWERS_H
#define BADANSWERS_H

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define EVIL "\033[2J\033]0;pwn\007 \xe2\x80\xae no \x1b[8m"

/* Said for ever. */
static const struct {
	const char	*name, *head, *more;
} floods[] = {
	{ "endless", "HTTP/1.1 200 OK\r\n\r\n{\"Id\":\"", "aaaaaaaaaaaaaaaa" },
	{ "headers", "HTTP/1.1 200 OK\r\n", "X-Noise: \033[2Jaaaaaaaaaa\r\n" },
	{ "oneheader", "HTTP/1.1 200 OK\r\nX-Noise: ", "aaaaaaaaaaaaaaaaaaaa" },
	{ "manychunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "8\r\n        \r\n" },
	{ "continues", "", "HTTP/1.1 100 Continue\r\n\r\n" },
};

/* JSON that is well-formed and wrong. */
static const struct {
	const char	*name, *text;
} lies[] = {
	{ "types", "{\"Id\":5,\"State\":\"on\",\"Config\":[],\"Mounts\":{},"
	    "\"HostConfig\":null,\"ExitCode\":\"0\",\"Running\":1}" },
	{ "nulls", "{\"Id\":null,\"State\":null,\"Config\":null,"
	    "\"Mounts\":null,\"ExitCode\":null}" },
	{ "array", "[1,2,3]" },
	{ "inject", "{\"Id\":\"../../images/json?x=\\r\\nHost: evil\","
	    "\"Name\":\"/../x\",\"State\":{\"Running\":true,"
	    "\"Status\":\"running\"},\"Config\":{\"User\":\"a\\u0000b\"}}" },
	{ "twice", "{\"Id\":\"" ID "\",\"Id\":\"x\",\"State\":{},"
	    "\"State\":{\"Running\":true}}" },
	{ "escapes", "{\"Id\":\"" ID "\",\"Name\":\"/\\u001b[2Jx\","
	    "\"State\":{\"Running\":false,\"Status\":\"\\u001b]0;pwn\\u0007\"},"
	    "\"Config\":{\"User\":\"\\u001b[31m\\u202e\"},\"Mounts\":[]}" },
};

#endif
