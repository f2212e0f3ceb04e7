import { bool, className, nonEmpty, oneOf, path, propertyInt, text, words } from '../value-kinds.js'
import { accepted, type ConfigKey, combined, ensemble, type KeyGroup, refused } from './key.js'

const storeType = oneOf('JKS', 'PEM', 'PKCS12', 'BCFKS')
const tls = combined('clients.tls')

export const clientTls: KeyGroup = {
  title: 'TLS for clients',
  keys: [
    tls('ssl.keyStore.location', path, '', 'file with the key and certificate of the server'),
    tls('ssl.keyStore.password', text, '', 'its password', { secret: true }),
    tls('ssl.keyStore.passwordPath', path, '', 'file that holds the password'),
    tls('ssl.keyStore.type', storeType, '', 'PEM or PKCS12; told by .pem or .p12 unless given'),
    tls('ssl.trustStore.location', path, '', 'file with the certificates that clients are checked against'),
    tls('ssl.trustStore.password', text, '', 'its password', { secret: true }),
    tls('ssl.trustStore.passwordPath', path, '', 'file that holds the password'),
    tls('ssl.trustStore.type', storeType, '', 'PEM or PKCS12; told by .pem or .p12 unless given'),
    tls('ssl.protocol', nonEmpty, 'TLSv1.3', 'newest TLS version'),
    tls('ssl.enabledProtocols', words, '', 'TLS versions that are offered; TLSv1.2 up to ssl.protocol unless given'),
    tls('ssl.ciphersuites', words, '', 'cipher suites that are offered'),
    tls('ssl.clientAuth', oneOf('none', 'want', 'need'), 'need', 'whether clients show a certificate'),
    tls(
      'ssl.handshakeDetectionTimeoutMillis',
      propertyInt({ min: 1 }),
      '5000',
      'wait for the first byte of a handshake',
      {
        unit: 'ms',
      },
    ),
    combined('clients.portUnification')(
      'client.portUnification',
      bool,
      'false',
      'take TLS and plain connections on clientPort',
    ),
    tls('client.certReload', bool, 'false', 'take new certificates without restart'),
    refused('a class cannot be loaded here; give key and certificate as PEM or PKCS12')(
      'ssl.context.supplier.class',
      className,
      '',
      'class that makes TLS contexts',
    ),
    accepted('clients check the name of the server, not the other way round')(
      'ssl.hostnameVerification',
      bool,
      'true',
      'check host names in certificates',
    ),
    tls('ssl.clientHostnameVerification', bool, 'false', 'check host names in client certificates'),
    tls('ssl.allowReverseDnsLookup', bool, 'false', 'look up host names to check them'),
    refused('revocation lists are not fetched; a YAML file can name them as files (tls.crl)', 'false')(
      'ssl.crl',
      bool,
      'false',
      'check revocation lists',
    ),
    refused('revocation is not asked for in this version', 'false')(
      'ssl.ocsp',
      bool,
      'false',
      'check revocation by OCSP',
    ),
    refused('other authentication by certificate takes a plugin; x509 is built in', 'x509')(
      'ssl.authProvider',
      nonEmpty,
      'x509',
      'scheme of the identities of client certificates',
    ),
    accepted('TLS is that of Node.js, which is OpenSSL')('ssl.sslProvider', nonEmpty, 'JDK', 'library that does TLS'),
    combined('settings.saslUsers')(
      'fips-mode',
      bool,
      'true',
      'with true in the file, SASL DIGEST-MD5 is not offered; left out, it is, unlike with Apache',
    ),
  ],
}

const quorum: [name: string, kind: ConfigKey['kind'], fallback: string, about: string, secret?: boolean][] = [
  ['keyStore.location', path, '', 'file with the key and certificate of the server'],
  ['keyStore.password', text, '', 'its password', true],
  ['keyStore.passwordPath', path, '', 'file that holds the password'],
  ['keyStore.type', storeType, '', 'its type'],
  ['trustStore.location', path, '', 'file with the certificates that servers are checked against'],
  ['trustStore.password', text, '', 'its password', true],
  ['trustStore.passwordPath', path, '', 'file that holds the password'],
  ['trustStore.type', storeType, '', 'its type'],
  ['protocol', nonEmpty, 'TLSv1.3', 'newest TLS version'],
  ['enabledProtocols', words, '', 'TLS versions that are offered'],
  ['ciphersuites', words, '', 'cipher suites that are offered'],
  ['hostnameVerification', bool, 'true', 'check host names in certificates'],
  ['clientHostnameVerification', bool, 'true', 'check host names of connecting servers'],
  ['allowReverseDnsLookup', bool, 'true', 'look up host names to check them'],
  ['clientAuth', oneOf('none', 'want', 'need'), 'need', 'whether connecting servers show a certificate'],
  ['handshakeDetectionTimeoutMillis', propertyInt({ min: 1 }), '5000', 'wait for the first byte of a handshake'],
]

export const quorumTls: KeyGroup = {
  title: 'TLS between servers',
  keys: [
    ensemble('sslQuorum', bool, 'false', 'TLS between servers'),
    ensemble('portUnification', bool, 'false', 'take TLS and plain connections between servers'),
    ensemble('sslQuorumReloadCertFiles', bool, 'false', 'take new certificates without restart'),
    ...quorum.map(([name, kind, fallback, about, secret]) =>
      ensemble(`ssl.quorum.${name}`, kind, fallback, about, { secret }),
    ),
    refused('a Java class cannot be loaded here')(
      'ssl.quorum.context.supplier.class',
      className,
      '',
      'class that makes TLS contexts',
    ),
    refused('revocation lists are not fetched', 'false')('ssl.quorum.crl', bool, 'false', 'check revocation lists'),
    refused('revocation is not asked for in this version', 'false')(
      'ssl.quorum.ocsp',
      bool,
      'false',
      'check revocation by OCSP',
    ),
  ],
}
