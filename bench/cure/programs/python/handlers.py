"""A WSGI application whose requests multiply matrices."""
import numpy

MATRIX = numpy.random.default_rng(0).random((256, 256))


def app(environ, start_response):
    value = MATRIX
    for _ in range(3):
        value = value @ MATRIX
        value /= value.max()
    body = b'%f' % value[0, 0]
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]
